import { Column, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from "typeorm";

import { ProductImage } from "./product-image.entity";
import { User } from "./user.entity";

@Entity("products")
export class Product {
  @PrimaryGeneratedColumn("uuid")
  id!: string;

  @Column("text", { unique: true })
  title!: string;

  @Column("float", { default: 0 })
  price!: number;

  @Column("text", { nullable: true })
  description!: string | null;

  @Column("text", { unique: true })
  slug!: string;

  @Column("int", { default: 0 })
  stock!: number;

  @Column("text", { array: true })
  sizes!: string[];

  @Column("text")
  gender!: string;

  @Column("text", { array: true, default: [] })
  tags!: string[];

  @OneToMany(() => ProductImage, (image) => image.product)
  images!: ProductImage[];

  @ManyToOne(() => User)
  user!: User | null;
}
