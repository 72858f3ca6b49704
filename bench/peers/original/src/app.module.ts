import { Module } from "@nestjs/common";
import { JwtModule } from "@nestjs/jwt";
import { TypeOrmModule } from "@nestjs/typeorm";

import { AuthController } from "./auth.controller";
import { ChatGateway } from "./chat.gateway";
import { JwtStrategy } from "./jwt.strategy";
import { Product } from "./product.entity";
import { ProductImage } from "./product-image.entity";
import { ProductsController } from "./products.controller";
import { ProductsService } from "./products.service";
import { secret } from "./secret";
import { SessionsService } from "./sessions.service";
import { User } from "./user.entity";

const { env } = process;

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: "postgres",
      host: env.DB_HOST,
      port: Number(env.DB_PORT),
      database: env.DB_NAME,
      username: env.DB_USERNAME,
      password: env.DB_PASSWORD,
      // As many connections as Tertulia opens.
      poolSize: 16,
      autoLoadEntities: true,
      synchronize: true,
    }),
    TypeOrmModule.forFeature([User, Product, ProductImage]),
    JwtModule.register({ secret, signOptions: { expiresIn: "2h" } }),
  ],
  controllers: [AuthController, ProductsController],
  providers: [ChatGateway, SessionsService, JwtStrategy, ProductsService],
})
export class AppModule {}
